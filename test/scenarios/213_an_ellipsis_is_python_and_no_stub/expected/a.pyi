def f() -> int:
    ...

x: Tuple[int, ...]
print("...")
