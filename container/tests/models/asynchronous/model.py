"""An async predict: waits as long as it is told, or until so many requests run together; {"block": seconds} blocks the event loop."""

import asyncio
import time


class Model:
    def load(self, model_dir):
        self.running = 0
        self.most = 0
        self.met = asyncio.Event()

    async def predict(self, input):
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if "together" in input:
                if self.running == input["together"]:
                    self.met.set()
                await self.met.wait()
            time.sleep(input.get("block", 0))  # noqa: ASYNC251 - what is written by mistake
            await asyncio.sleep(input.get("sleep", 0))
        finally:
            self.running -= 1
        return {"most": self.most}
