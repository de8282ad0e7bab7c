func f() {
	start(service)
}
