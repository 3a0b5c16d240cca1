package metrics

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"
)

// Limits of the server, for clients that mean no good.
const (
	maxConns     = 32               // further ones wait until one is closed
	maxHeader    = 8 << 10          // bytes of the header of a request
	readTimeout  = 5 * time.Second  // for a request
	writeTimeout = 10 * time.Second // for the reply
	idleTimeout  = 30 * time.Second // between requests on a connection
	grace        = time.Second      // for replies under way at the end
)

// Serve serves NewHandler(m) on a listener, which it closes, until ctx is done.
// Replies that are under way then have a second to be finished, and Serve
// reports nil; otherwise it reports why it could not go on. All its goroutines
// have ended when it returns, but for those of replies that were cut off after
// that second, which end by that.
func Serve(ctx context.Context, l net.Listener, m *Metrics) error {
	server := &http.Server{
		Handler:           NewHandler(m),
		ReadHeaderTimeout: readTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		// It would tell what clients do wrong, which is for them to know.
		ErrorLog: log.New(io.Discard, "", 0),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(limit(l, maxConns)) }()
	select {
	case err := <-ended:
		return errors.Join(fmt.Errorf("serve metrics: %w", err), server.Close())
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if server.Shutdown(last) != nil {
		// Clients that do not read are no failure of ours.
		_ = server.Close()
	}
	<-ended
	return nil
}
