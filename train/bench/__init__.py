"""make bench...: how fast, how robust, how quick to learn."""
