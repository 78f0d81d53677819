// Mounting in Streamlit: the exported function runs at every rerun, so it keeps the stage it has made.

const stages = new WeakMap();

export default function mount(component) {
  const { data, parentElement, setStateValue } = component;
  let stage = stages.get(parentElement);
  if (!stage) {
    const root = make("div");
    parentElement.append(root);
    const Kind = data.scene.kind === "training" ? TrainingPlayer : Stage;
    stage = new Kind(root, (name, value) => stage.tell(name, value));
    stages.set(parentElement, stage);
  }
  stage.tell = (name, value) => setStateValue(name, value);
  stage.load(data.scene);
  return () => {
    if (!stage.root.isConnected) stage.stop();
  };
}
