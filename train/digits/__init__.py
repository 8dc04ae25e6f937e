"""Labelled digits from anywhere: MNIST, folders, zips, Kaggle's csv."""
