package protocol

import "github.com/tidwall/resp"

// AppendCommand appends a command as clients send it, an array of bulk strings.
func AppendCommand(dst []byte, args ...string) []byte {
	values := make([]resp.Value, len(args))
	for i, a := range args {
		values[i] = resp.StringValue(a)
	}
	return appendArray(dst, values)
}

// AppendCommandBytes is AppendCommand for arguments that are bytes.
func AppendCommandBytes(dst []byte, args [][]byte) []byte {
	values := make([]resp.Value, len(args))
	for i, a := range args {
		values[i] = resp.BytesValue(a)
	}
	return appendArray(dst, values)
}

func appendArray(dst []byte, values []resp.Value) []byte {
	b, err := resp.ArrayValue(values).MarshalRESP()
	if err != nil {
		panic("internal error: " + err.Error()) // of bulk strings there is none
	}
	return append(dst, b...)
}
