"""Tests of the Custom API that NRGkick wallboxes ask."""
