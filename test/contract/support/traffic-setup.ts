import { checkAllTraffic } from "./traffic";

checkAllTraffic();
