// Mounting in Streamlit: the exported function runs at every rerun, so it keeps the stage it has made.

const stages = new WeakMap();

export default function mount(component) {
  const { data, parentElement, setTriggerValue } = component;
  const { id, scene, more } = JSON.parse(new TextDecoder().decode(data));
  let stage = stages.get(parentElement);
  if (!stage) {
    const root = make("div");
    parentElement.append(root);
    const Kind = scene.kind === "training" ? TrainingPlayer : Stage;
    stage = new Kind(root, (name, value) => stage.tell(name, value));
    stages.set(parentElement, stage);
  }
  stage.tell = (name, value) => setTriggerValue(name, value);
  stage.load({ ...scene, ...more, id });
  return () => {
    if (!stage.root.isConnected) stage.stop();
  };
}
