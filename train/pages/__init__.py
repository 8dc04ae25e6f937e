"""A world of paper: pages of writing are rendered here, and the edge road makes labelled material of them."""
