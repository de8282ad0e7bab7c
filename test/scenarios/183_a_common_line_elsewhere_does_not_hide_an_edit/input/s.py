def a():
    conn.commit()
def b():
    conn.abort()
