/**
 * The dashboard of N.I.N.A. Observatory, made of Home Assistant's own cards.
 *
 * Entities are found by their unique ids. What is missing, disabled, or hidden has no card. Cards without
 * a state and sections without cards are not shown.
 */
const DOMAIN = "nina_observatory";
const TYPE = "nina-observatory";
const REPORT = `${TYPE}-report`;
const FULL = { grid_options: { columns: "full" } };
const TALL = { grid_options: { columns: "full", rows: 6 } };
const WIDE = { night: 2, sky: 2, projects: 2 };
const NAME = { type: "entity" };
// Of entities with the same key, that of the last platform: a control rather than its reading.
const PLATFORMS = `button sensor binary_sensor alarm_control_panel calendar image light select number
	switch cover`;
// By role: the icon, and keys.
const EQUIPMENT = {
	mount: `telescope tracking parked altitude azimuth right_ascension declination meridian_flip_at
		stop park unpark`,
	camera: "camera-iris temperature cooler_power target_temperature cooler dew_heater abort_exposure",
	filter_wheel: "image-filter-black-white filter",
	focuser: "focus-auto position temperature autofocus_time autofocus_hfr autofocus",
	rotator: "rotate-right position",
	guider: "crosshairs-gps state rms_total rms_ra rms_dec guiding",
	dome: "home-roof shutter azimuth following park",
	flat_panel: "wall-sconce-flat cover panel",
	switch_hub: "electric-switch",
	weather: `weather-cloudy rain temperature humidity dew_point cloud_cover wind_speed
		wind_gust sky_quality`,
	safety_monitor: "shield-check unsafe",
	hub: "monitor profile connect_all disconnect_all",
};
const PROBLEMS = `dome_open_while_not_safe hub_imaging_stalled guider_guiding_lost
	focuser_autofocus_failed mount_meridian_flip_overdue hub_waiting_for_person`;
// With N.I.N.A. closed, most of them still have a state.
const DIARY = `hub_reachable hub_not_safe dome_shutter hub_current_target filter_wheel_filter hub_secure
	hub_start_up hub_night_watch`;
const PROJECTS = /^scheduler_(project|target)_[\da-f]+-/;
const TRENDS = /^camera_(temperature|cooler_power)$/;
const FEATURES = {
	alarm_control_panel: { type: "alarm-modes" },
	cover: { type: "cover-open-close" },
	light: { type: "light-brightness" },
	number: { type: "numeric-input", style: "buttons" },
	select: { type: "select-options" },
};

const words = (text) => text.split(/\s+/);
const is = (entity, state) => [{ condition: "state", entity, state }];
const not = (entity, ...state_not) => [{ condition: "state", entity, state_not }];
const available = (entity) => not(entity, "unavailable");
const known = (entity) => not(entity, "unavailable", "unknown");
// Markdown cards are templates; texts are not, and names are no Markdown.
const markdown = (text, visibility) => {
	return { type: "markdown", content: text.replaceAll("{", "&#123;"), ...FULL, visibility };
};
const literal = (name) => name.replace(/[^\p{L}\p{N} ]/gu, (sign) => `&#${sign.codePointAt()};`);

let loading;

/** Return what finds a text. Asking again before the answer gets none. */
async function loadTexts(hass) {
	loading ??= hass.loadBackendTranslation("common", DOMAIN).finally(() => (loading = null));
	const localize = await loading;
	return (key, values) => localize(`component.${DOMAIN}.common.dashboard_${key}`, values);
}

/** A section that is shown while a card is; in a list, empty without cards. */
function section(heading, icon, cards, column_span) {
	if (!cards.length) return [];
	const made = { type: "grid", column_span };
	// Each card has one condition at most.
	const conditions = cards.flatMap((card) => card.visibility ?? []);
	if (conditions.length === cards.length) made.visibility = [{ condition: "or", conditions }];
	const title = { type: "heading", heading, icon: `mdi:${icon}`, visibility: made.visibility };
	return [{ ...made, cards: heading ? [title, ...cards] : cards }];
}

/** One section of several, each with its heading, for what stands beside a high one. */
const stack = (...sections) => section("", "", sections.flat().flatMap((each) => each.cards));
const message = (title, text) => ({ title, cards: [markdown(text)] });

/** One observatory, with its entities by role and key such as `dome_shutter`. */
class Rig {
	constructor(hass, entry, entities, t) {
		Object.assign(this, { hass, entry, t, name: entry.title, ids: {} });
		for (const platform of words(PLATFORMS)) {
			for (const { entity_id, unique_id, hidden_by, config_entry_id } of entities) {
				if (config_entry_id !== entry.entry_id || !entity_id.startsWith(`${platform}.`)) continue;
				const key = unique_id.slice(config_entry_id.length + 1);
				if (key === "hub_reachable") this.reachable = entity_id;
				if (!hidden_by) this.ids[key] = this.ids[`${platform}.${key}`] = entity_id;
			}
		}
	}

	find(keys) {
		return words(keys).flatMap((key) => this.ids[key] ?? []);
	}

	/** The cards of all keys that match, by name. */
	matching(pattern) {
		const nameOf = (key) => this.hass.states[this.ids[key]].attributes.friendly_name ?? key;
		const found = Object.keys(this.ids).filter((key) => pattern.test(key));
		return found.sort((one, other) => nameOf(one).localeCompare(nameOf(other))).flatMap((key) => this.card(key));
	}

	deviceName(entity) {
		const device = this.hass.devices[this.hass.entities[entity]?.device_id];
		return device?.name_by_user || device?.name;
	}

	/** The card of an entity, in a list; none without it. */
	card(key, more) {
		const entity = this.ids[key];
		if (!entity) return [];
		const [domain] = entity.split(".");
		const made = { type: "tile", entity, name: NAME, visibility: available(entity) };
		const isProgress = key.endsWith("progress");
		const isTrend = TRENDS.test(key);
		let feature = FEATURES[domain];
		if (isProgress || PROJECTS.test(key)) feature = { type: "bar-gauge" };
		if (isTrend) feature = { type: "trend-graph", hours_to_show: 6 };
		if (feature) Object.assign(made, { features: [feature], grid_options: { columns: 12 } });
		// Too long for half of a phone.
		const isLong = this.hass.entities[entity]?.name?.length > 16;
		if ((isProgress || isTrend) && !isLong) made.features_position = "inline";
		if (domain === "calendar") Object.assign(made, { type: domain, entities: [entity], initial_view: "listWeek" }, TALL);
		if (domain === "image") Object.assign(made, { type: "picture-entity", show_name: false, show_state: false }, FULL);
		if (domain === "button") made.hide_state = true;
		if (domain.endsWith("sensor")) made.visibility = known(entity);
		if (isLong || /^(hub_)?safety|^hub_last_error/.test(key)) made.grid_options ??= { columns: 12 };
		return [{ ...made, ...more }];
	}

	/** A button that asks before it is pressed. */
	press(key, text, more) {
		const target = { entity_id: this.ids[key] };
		const tap_action = { action: "perform-action", perform_action: "button.press", target, confirmation: { text } };
		return this.card(key, { tap_action, icon_tap_action: tap_action, ...more });
	}

	badges(keys) {
		return this.find(keys).map((entity) => ({
			type: "entity", entity, name: NAME, show_name: true, visibility: known(entity),
		}));
	}

	/** A section of cards, given by their keys or as lists. */
	section(name, icon, ...parts) {
		const cards = parts.flatMap((part) => (part.split ? words(part).flatMap((key) => this.card(key)) : part));
		return section(this.t(name), icon, cards, WIDE[name]);
	}

	/** Why there are no readings, while there are none. */
	notice() {
		const { t, name, reachable } = this;
		if (!reachable) return [];
		const cards = [
			markdown(t("closed"), is(reachable, "off")),
			markdown(t("not_loaded", { name: literal(name) }), is(reachable, "unavailable")),
		];
		return section("", "", cards, 3);
	}
}

function tonight(rig) {
	const { t, name, ids } = rig;
	const subject = { name: t("subject"), icon: "mdi:image", state_content: ["target", "filter"], ...FULL };
	const guided = ids.guider_state && { visibility: available(ids.guider_state) };
	return [
		rig.section("attention", "alert",
			words(PROBLEMS).flatMap((key) => rig.card(key, { color: "red", visibility: is(ids[key], "on") })),
		),
		rig.section("newest_frame", "image-filter-hdr",
			rig.card("image.hub_latest_image", { visibility: known(ids["image.hub_latest_image"]) }),
			rig.card("hub_hfr", subject),
			"hub_hfr hub_stars",
		),
		rig.section("roof", "home-roof",
			rig.card("dome_shutter", { name: rig.deviceName(ids.dome_shutter) }),
			"hub_night_watch hub_safety_reason sensor.dome_roof_guard switch.dome_roof_guard",
			rig.press("hub_secure", t("confirm_secure", { name })),
			rig.press("hub_start_up", t("confirm_start_up", { name })),
		),
		rig.section("sequence", "playlist-play",
			rig.card("switch.hub_sequence", { name: t("sequence") }),
			`hub_sequence_state hub_sequence_progress scheduler_overall_progress hub_current_target
				hub_current_exposure scheduler_target_ends_at hub_sequence_ends_at hub_waiting_until
				scheduler_next_target scheduler_next_target_at`,
			rig.press("hub_skip_current", t("confirm_skip"), FULL),
		),
		rig.section("night", "weather-night",
			"hub_night_plot hub_frames hub_integration_time hub_average_hfr hub_moon_separation",
		),
		rig.section("guiding", "crosshairs-gps",
			rig.card("guider_guiding_plot", guided),
			"guider_state guider_rms_total",
		),
	];
}

function equipment(rig) {
	return Object.entries(EQUIPMENT).map(([role, shown]) => {
		const [icon, ...keys] = words(shown);
		const cards = keys.flatMap((key) => rig.card(`${role}_${key}`));
		if (role === "switch_hub") cards.push(...rig.matching(/^switch_hub_channel_/));
		return section(rig.deviceName(cards[0]?.entity), icon, cards);
	});
}

function report(rig) {
	const { hass, entry, ids } = rig;
	const strategy = { type: `custom:${REPORT}`, config_entry_id: entry.entry_id, frames: ids.hub_frames };
	const entity_id = rig.find(DIARY);
	const hasDiary = entity_id.length && hass.config.components.includes("logbook");
	return [
		[{ strategy, column_span: 2 }],
		stack(
			rig.section("autofocus", "focus-auto", "focuser_autofocus_plot focuser_autofocus_time focuser_autofocus_hfr"),
			rig.section("calendar", "calendar", "scheduler_plan"),
			rig.section("diary", "text-box",
				"hub_last_error", hasDiary ? [{ type: "logbook", target: { entity_id }, ...TALL }] : [],
			),
		),
	];
}

function sky(rig) {
	return [
		rig.section("sky", "chart-bell-curve", "hub_sky_plot hub_next_dusk hub_next_dawn hub_moon_separation"),
		rig.section("plan", "calendar-clock",
			"scheduler_plan scheduler_next_target scheduler_next_target_at scheduler_refresh_plan",
		),
		rig.section("projects", "progress-star", "scheduler_overall_progress", rig.matching(PROJECTS)),
	];
}

/** The views of an observatory; their titles have its name unless it is the only one. */
function viewsOf(rig, isOnly) {
	const { t, name, entry: { entry_id, disabled_by } } = rig;
	const reason = disabled_by ? "disabled" : !Object.keys(rig.ids).length && "not_loaded";
	if (reason) return [message(name, t(reason, { name: literal(name) }))];
	const badges = rig.badges("hub_not_safe weather_rain hub_now_imaging");
	return Object.entries({ tonight, equipment, report, sky }).map(([key, build]) => {
		const title = isOnly ? t(key) : `${name}: ${t(key)}`;
		const path = isOnly ? key : `${key}-${entry_id.toLowerCase()}`;
		const sections = [rig.notice(), ...build(rig)].flat();
		return { title, path, type: "sections", max_columns: 3, dense_section_placement: true, badges, sections };
	});
}

/** The entities that the user may see: all others have no state. */
function entitiesFor({ entities, states }) {
	return Object.keys(entities).filter((id) => entities[id].platform === DOMAIN && states[id]);
}

class Dashboard extends HTMLElement {
	static async generate({ config_entry_id: wanted }, hass) {
		const entity_ids = entitiesFor(hass);
		const [t, entries, entities] = await Promise.all([
			loadTexts(hass),
			hass.callWS({ type: "config_entries/get", domain: DOMAIN }),
			hass.callWS({ type: "config/entity_registry/get_entries", entity_ids }),
		]);
		const shown = entries.filter((each) => each.source !== "ignore" && each.entry_id === (wanted ?? each.entry_id));
		if (!shown.length) return { views: [message(t("title"), t(wanted ? "removed" : "none"))] };
		const found = Object.values(entities).filter(Boolean);
		return { views: shown.flatMap((entry) => viewsOf(new Rig(hass, entry, found, t), shown.length === 1)) };
	}

	static shouldRegenerate(_config, before, now) {
		if (["entities", "devices"].some((key) => before[key] !== now[key])) return true;
		// An entity is listed before it has a state.
		return entitiesFor(before).length !== entitiesFor(now).length;
	}

	static async getCreateSuggestions(hass) {
		return { title: (await loadTexts(hass))("title"), icon: "mdi:telescope" };
	}
}

/** The night report with its best frames, as of the newest frame. */
class Report extends HTMLElement {
	static async generate({ config_entry_id }, hass) {
		const t = await loadTexts(hass);
		let cards = [markdown(t("no_report"))];
		try {
			const data = { config_entry_id };
			const { response } = await hass.callService(DOMAIN, "get_night_report", data, undefined, false, true);
			const frames = await Promise.all(response.best_frames.map((each) => Report.frame(each, hass)));
			const best = section(t("best_frames"), "star-shooting", frames).flatMap((each) => each.cards);
			cards = [markdown(response.markdown), ...best];
		} catch {
			// Not loaded, or not for this user.
		}
		return section(t("report"), "clipboard-text", cards)[0];
	}

	static async frame({ picture, target, filter, hfr, stars }, hass) {
		const size = hfr.toFixed(2).replace(".", (1.5).toLocaleString(hass.locale.language)[1]);
		const told = [target, filter, `${size}\xa0px`, stars && `${stars} ★`].filter(Boolean);
		const cards = [{ type: "markdown", text_only: true, content: told.map(literal).join(" · ") }];
		if (picture) {
			const sign = async (path) => (await hass.callWS({ type: "auth/sign_path", path, expires: 43200 })).path;
			const image = await sign(picture.replace(/picture$/, "thumbnail"));
			cards.unshift({ type: "picture", image, tap_action: { action: "url", url_path: await sign(picture) } });
		}
		return { type: "vertical-stack", cards, grid_options: { columns: 6 } };
	}

	static shouldRegenerate({ frames }, before, now) {
		return before.states[frames]?.state !== now.states[frames]?.state;
	}
}

const TAG = `ll-strategy-dashboard-${TYPE}`;
// A page from before an update has the earlier module.
if (!customElements.get(TAG)) {
	customElements.define(TAG, Dashboard);
	customElements.define(`ll-strategy-section-${REPORT}`, Report);
	(window.customStrategies ??= []).push({
		type: TYPE,
		strategyType: "dashboard",
		name: "N.I.N.A. Observatory",
		get description() {
			const { hass } = document.querySelector("home-assistant");
			// The dialog is drawn again as soon as the texts are there.
			loadTexts(hass);
			return hass.localize(`component.${DOMAIN}.common.dashboard_description`);
		},
	});
}
