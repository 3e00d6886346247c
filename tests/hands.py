"""What a person does with an explorer, and sees of it, without a browser."""

import html
import io
import re
import threading
from base64 import b64decode

import numpy as np
from PIL import Image


def settle():
    """Wait until every training thread has ended."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.name.startswith("initviz"):
            thread.join(60)


def put(explorer, name, value):
    explorer.controls.widgets[name].value = value
    settle()


def pixels(explorer):
    """The picture in shades of grey, (height, width)."""
    _, content = bytes(explorer.picture.value).split(b",")
    return np.asarray(Image.open(io.BytesIO(b64decode(content))).convert("L"), float)


def words(explorer):
    return html.unescape(re.sub(r"<[^>]+>", " ", explorer.words.value))
