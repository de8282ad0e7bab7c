def first():
    limit = compute_the_limit()
    return limit


def second():
    limit = compute_the_limit()
    return limit
