package client

import "strings"

// Count is what happened, in numbers.
type Count struct {
	Commands       int // begun
	Redirected     int // met a redirect
	Returned       int
	Bounced        int
	BouncedReplies int // redirects of the commands that bounced
	MaxHops        int // of one command

	Redirects map[string]int // replies REDIRECT, MOVED and ASK
	Errors    map[string]int // other error replies, by their first word
	// Sent and Replies count all commands and replies on all connections: those of
	// operators, and what a connection begins with, too. Pushes are no replies.
	Sent, Replies int
}

func newCount() Count {
	return Count{Redirects: map[string]int{}, Errors: map[string]int{}}
}

// add adds the numbers of another.
func (c *Count) add(o *Count) {
	c.Commands += o.Commands
	c.Redirected += o.Redirected
	c.Returned += o.Returned
	c.Bounced += o.Bounced
	c.BouncedReplies += o.BouncedReplies
	c.MaxHops = max(c.MaxHops, o.MaxHops)
	c.Sent += o.Sent
	c.Replies += o.Replies
	for kind, n := range o.Redirects {
		c.Redirects[kind] += n
	}
	for word, n := range o.Errors {
		c.Errors[word] += n
	}
}

// fault counts an error reply.
func (c *Count) fault(text string) {
	word, _, _ := strings.Cut(text, " ")
	if isRedirect(word) {
		c.Redirects[word]++
		return
	}
	word = cut(word)
	if _, known := c.Errors[word]; !known && len(c.Errors) >= maxWords {
		word = otherError
	}
	c.Errors[word]++
}
