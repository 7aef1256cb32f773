# python3 run-python.py MODEL FEEDS: onnx's full check, then logits and milliseconds as run-node.mjs gives them.
import json, sys, time
import numpy, onnx, onnxruntime

model, feeds = sys.argv[1:]
onnx.checker.check_model(model, full_check=True)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
names = [one.name for one in session.get_inputs()]
feeds = json.load(open(feeds))


def arrays(batch):
    return {name: numpy.array(batch["inputs"][name], dtype=numpy.int64).reshape(batch["shape"]) for name in names}


logits = [row for batch in feeds["batches"] for row in session.run(["logits"], arrays(batch))[0].tolist()]
single = arrays(feeds["single"])
times = []
for _ in range(60):
    begun = time.perf_counter()
    session.run(["logits"], single)
    times.append((time.perf_counter() - begun) * 1000)
print(json.dumps({"logits": logits, "ms": sorted(times[10:])[25]}))
