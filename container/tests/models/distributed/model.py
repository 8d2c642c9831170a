"""Each process says which one it is; rank `fails` fails, and the others wait for it."""

import json
import os
import time


class Model:
    def load(self, model_dir):
        pass

    def predict(self, input):
        return input

    def fit(self, ctx, fails: int = -1, waits: bool = False):
        me = {
            "rank": ctx.rank,
            "world_size": ctx.world_size,
            "local_rank": ctx.local_rank,
            "host": ctx.current_host,
            "master": f"{ctx.master_address}:{ctx.master_port}",
            "leader": ctx.is_leader,
            "environment": [
                os.environ.get(name) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "GROUP_RANK", "NCCL_SOCKET_IFNAME")
            ],
        }
        try:
            (ctx.output_dir / f"rank-{ctx.rank}.json").write_text(json.dumps(me))
            if ctx.rank == fails:
                # Not before the others are in their `try`: one that is stopped earlier has nothing to save.
                while not all((ctx.output_dir / f"rank-{rank}.json").exists() for rank in range(ctx.world_size)):
                    time.sleep(0.01)
                raise ValueError(f"rank {ctx.rank} cannot go on")
            while fails >= 0 or waits:
                time.sleep(0.01)
        finally:
            (ctx.checkpoint_dir / f"rank-{ctx.rank}").write_text("saved")
        if ctx.is_leader:
            (ctx.model_dir / "model").write_text("trained")
