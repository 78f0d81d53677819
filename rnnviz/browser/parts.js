// The sides of a page's one screen say which they are.

import { nameParts } from "./streamlit_internals.js";

export default () => nameParts();
