"""The golden cases, a module for each part of the library. `keras_golden.py` writes what they yield."""
