"""Makes the shipped recordings: python -m tools.recordings [DIR]. The same bytes every time.

`scenarios/` says what each exchange sends, `script.py` gives it the API's event shapes and a pace, `network.py` cuts it
into reads, and the recorder that records live streams writes it down.
"""
