def f():
    conn.close()
