"""The beginner's notebook, in English and in Bangla, and what its cells call."""
