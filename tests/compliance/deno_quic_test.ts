import { engineLab } from "./engines.ts";
import { transportSuite } from "./transport_suite.ts";

transportSuite(engineLab("deno"));
