package pipeline

// WithBatch returns o with the batches that are handed to the workers bounded to
// so many packets and bytes of payload.
func WithBatch(o Options, packets, bytes int) Options {
	o.batch = batchSize{packets, bytes}
	return o
}
