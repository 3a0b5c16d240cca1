package decode

import (
	"ricochet/decode/resp"
	"ricochet/decode/view"
)

// Of most replies nothing is kept but their kind. Two sorts are heard out: those
// that answer a question about roles, and messages of Sentinels. How the stream is
// cut into segments makes no difference to what is heard.

// maxViews bounds what the replies that are being heard take, in bytes a table.
const maxViews = 1 << 20

// views is what the connections of a table share to hear replies.
type views struct {
	spare *view.Reply // the one to take next, if there is one
	held  int64       // bytes taken by those in use
	told  Told        // what is handed out
}

// hearing is what is heard of a reply.
type hearing uint8

const (
	deaf     hearing = iota
	answers          // all of it
	messages         // it may be a message: its first word tells
	channel          // the next element is the channel
	pattern          // the next element is a pattern, then comes the channel
	payload          // the next element is the payload
)

// listen decides what is to be heard of a reply that begins, and returns how many
// bytes of its texts. An array of RESP2 is taken for a message where one is to be
// expected, see isPush.
func (s *session) listen(k resp.Kind) int {
	if k == resp.Push || k == resp.Array && s.facts.Proto <= 2 && (s.subs.any() || s.queue.len() == 0) {
		s.hears = messages
		return view.MaxPayload
	}
	if s.queue.len() == 0 {
		s.lastAsk = 0
		return MaxLine
	}
	w := s.queue.front()
	if w.ask == view.None || !s.takeView() {
		return MaxLine
	}
	s.hears, s.asked = answers, w.ordinal
	if w.ask.IsText() {
		return view.MaxWhole
	}
	return MaxLine
}

// takeView takes a Reply for what is to be heard, if there is room for one more.
func (s *session) takeView() bool {
	v := &s.t.views
	if v.held > maxViews {
		s.t.stats.Blind.Add(CauseViews, 1, 0, s.repMark.Time)
		return false
	}
	if s.view = v.spare; s.view == nil {
		s.view = &view.Reply{}
	}
	v.spare = nil
	v.held += int64(s.view.Size())
	return true
}

// hear takes the next element. Of a message nothing is kept until its channel is
// known to be one of Sentinels.
func (s *session) hear(t *resp.Token) {
	if s.hears == answers {
		s.keepElement(t)
		return
	}
	if t.Depth == 0 {
		return
	}
	switch {
	case t.Depth > 1 || t.Cut:
		s.hears = deaf
	case s.hears == messages:
		switch string(t.Head) {
		case "message", "smessage":
			s.hears = channel
		case "pmessage":
			s.hears = pattern
		default:
			s.hears = deaf
		}
	case s.hears == pattern:
		s.hears = channel
	case s.hears == channel:
		s.hears = deaf
		if view.Listens(t.Head) && s.takeView() {
			s.keepElement(t)
			s.hears = payload
		}
	case s.hears == payload:
		s.keepElement(t)
	}
	if s.hears == deaf && s.view != nil {
		s.giveView()
	}
}

// keepElement adds an element to what was heard.
func (s *session) keepElement(t *resp.Token) {
	v := &s.t.views
	before := s.view.Size()
	s.view.Add(t)
	if v.held += int64(s.view.Size() - before); v.held > maxViews {
		s.view.Cut()
	}
}

// hearNoMore ends what is heard of a reply. One that was asked for and is not
// complete is lost, unless it was only the capture that ended.
func (s *session) hearNoMore(complete bool) {
	if s.hears == answers && !complete && !s.final {
		s.t.stats.Blind.Add(CauseViews, 1, 0, s.repMark.Time)
	}
	s.hears = deaf
	if s.view != nil {
		s.giveView()
	}
}

// giveView gives back what was taken with takeView.
func (s *session) giveView() {
	v := &s.t.views
	v.held -= int64(s.view.Size())
	s.view.Reset()
	v.spare, s.view = s.view, nil
}
