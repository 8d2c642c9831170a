"""An async predict: waits as long as it is told."""

import asyncio


class Model:
    def load(self, model_dir):
        self.running = 0
        self.most = 0

    async def predict(self, input):
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(input["sleep"])
        finally:
            self.running -= 1
        return {"most": self.most}
