import { Component } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { session } from "@web/session";

/** Says, above every page, that a support person is at work here with the customer's consent. */
export class StaffBanner extends Component {
    static template = "alta_access.StaffBanner";
    static props = {};

    setup() {
        this.who = session.alta_staff.who;
        this.until = new Date(session.alta_staff.until * 1000).toLocaleString("es", {
            day: "numeric",
            month: "short",
            hour: "2-digit",
            minute: "2-digit",
        });
    }
}

if (session.alta_staff) {
    registry.category("main_components").add("alta_access.StaffBanner", { Component: StaffBanner });
}
