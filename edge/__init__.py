"""The edge side: camera frames in, readings of handwritten digits out. No TensorFlow here, nothing from train/."""
