"""Another script of the same folder."""

import os
import pathlib

pathlib.Path(os.environ["SM_MODEL_DIR"], "other").write_text(os.environ["SM_USER_ENTRY_POINT"])
