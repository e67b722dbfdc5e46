"""The endpoints under /v1, one file a noun, each with its table `ROUTES`."""
