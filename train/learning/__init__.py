"""How networks are taught, converted, and put in place."""
