// What the theme leaves out for whoever listens to a page.

document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
