"""A small weather service: reads a gauge and answers over HTTP."""

import json

from weather.settings import STATION


def read_gauge():
    return {"station": STATION, "rain_mm": 0.0}


def handle(path):
    if path == "/rain":
        return 200, json.dumps(read_gauge())
    return 404, json.dumps({"error": "not found"})
