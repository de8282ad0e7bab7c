def first():
    return compute_everything(1)
def second():
    return compute_everything(2)
