// The stage in a page of the app.
import { mount } from "./mount.js";
import { Stage } from "./stage.js";

export default (component) => mount(Stage, component);
