import { PolicyPack } from "@pulumi/policy";
import { rules } from "./index";

new PolicyPack("slipway", { policies: rules });
