def second():
    return compute_everything(2)


def first():
    return compute_everything(1)
