import "../../../style/tokens.css";
import "../../../style/base.css";
import "../../../style/layout.css";
import "../../../style/components.css";
import "../../../style/wizard.css";
import "../../../style/print.css";
import { createRoot } from "react-dom/client";
import { App } from "./App.jsx";

createRoot(document.getElementById("app")).render(<App />);
