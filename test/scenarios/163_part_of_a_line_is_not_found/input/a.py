def a():
    return compute()


def b():
    return compute()
