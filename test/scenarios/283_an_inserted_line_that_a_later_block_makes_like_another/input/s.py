def first():
    limit = compute_the_limit()
    return limit
