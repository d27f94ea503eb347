// onnxruntime-node, with the model that ../peers/onnx_peer.py writes: --options '{"model":"FILE"}'.

import ort from "onnxruntime-node";
import { main, timedPredictions } from "./peer.js";

await main(`onnxruntime-node ${ort.env.versions.node}`, async (work, data, { model }) => {
  const session = await ort.InferenceSession.create(model);
  const type = data.x.data instanceof Int32Array ? "int32" : "float32";
  return timedPredictions((part, shape) => session.run({ x: new ort.Tensor(type, part, shape) }), data, work);
});
