"""The edge side: camera frames in, readings of handwritten digits out. Imports no TensorFlow and nothing from train/."""
