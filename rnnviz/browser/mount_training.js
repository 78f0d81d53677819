// The training studio in a page of the app.
import { mount } from "./mount.js";
import { TrainingPlayer } from "./training.js";

export default (component) => mount(TrainingPlayer, component);
