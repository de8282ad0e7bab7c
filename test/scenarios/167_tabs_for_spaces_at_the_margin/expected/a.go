func f() {
	prepare(service)
	start(service)
}
