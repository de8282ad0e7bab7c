import os


def greet(name):
    return f"hello, dear {name}"


def leave():
    return None
