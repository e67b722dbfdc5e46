"""What staff look at: one file a noun, each with its page of rows and its detail, as plain data."""
