"""Settings of the weather service."""

STATION = "river-bend"
READ_INTERVAL_SECONDS = 60
