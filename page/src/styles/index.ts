/** In this order: phone first, the desk last. */
import "./base.css";
import "./bar.css";
import "./settings.css";
import "./filters.css";
import "./map.css";
import "./panel.css";
import "./sheet.css";
import "./busy.css";
import "./account.css";
import "./planner.css";
import "./desk.css";
