def a():
    return computed_result()
def b():
    return old_result()
