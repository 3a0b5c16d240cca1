package protocol

// What is refused. Memory is taken for what has arrived, whatever was announced.
const (
	// maxLine is the longest line of a request or a reply, in bytes without its end:
	// an inline command, a length, a simple string. PROTO_INLINE_MAX_SIZE in the
	// server.
	maxLine = 64 << 10
	// maxBulk is the longest string, in bytes: the server's default of
	// proto-max-bulk-len.
	maxBulk = 512 << 20
	// maxElements is the longest array. The server takes up to 2^31-1 from clients.
	maxElements = 1 << 20
	// maxDepth is how deep arrays may be in one another in a reply.
	maxDepth = 32
	// maxWaiting is how many bytes may wait to be read: the server's default of
	// client-query-buffer-limit.
	maxWaiting = 1 << 30
)

// SyntaxError says that bytes are not RESP, or are over a bound. Nothing can be read after
// it. Of requests its text is what a Valkey server answers, after "ERR ", before it
// closes the connection.
type SyntaxError string

// Error implements error.
func (e SyntaxError) Error() string { return string(e) }

// What is wrong with requests, in the words of Valkey 8.0.1, networking.c, and with
// replies.
const (
	errMultibulk     SyntaxError = "Protocol error: invalid multibulk length"
	errBulk          SyntaxError = "Protocol error: invalid bulk length"
	errLongMultibulk SyntaxError = "Protocol error: too big mbulk count string"
	errLongBulk      SyntaxError = "Protocol error: too big bulk count string"
	errLongInline    SyntaxError = "Protocol error: too big inline request"
	errQuotes        SyntaxError = "Protocol error: unbalanced quotes in request"

	errWaiting SyntaxError = "Protocol error: too many bytes without a whole message"
	errLine    SyntaxError = "Protocol error: too long a line"
	errArray   SyntaxError = "Protocol error: invalid array length"
	errDepth   SyntaxError = "Protocol error: too deep an array"
	errValue   SyntaxError = "Protocol error: invalid value"
)

// expected is the error of a request with another byte where a bulk string begins.
func expected(got byte) SyntaxError {
	if got == '\r' || got == '\n' {
		got = ' ' // as in all errors: they are one line
	}
	return SyntaxError("Protocol error: expected '$', got '" + string([]byte{got}) + "'")
}
