"""An async generator."""

import asyncio


class Model:
    def load(self, model_dir):
        pass

    async def predict(self, input):
        for number in range(input):
            await asyncio.sleep(0.001)
            yield number
