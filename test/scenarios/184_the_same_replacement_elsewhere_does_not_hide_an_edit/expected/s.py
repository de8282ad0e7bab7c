def a():
    return computed_result()
def b():
    return computed_result()
