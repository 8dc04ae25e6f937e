"""The networks' definitions; learning trains them, judging loads them."""
