import os


def greet(name):
    return "hello " + name


def leave():
    return None
