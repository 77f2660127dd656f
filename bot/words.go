package bot

// busy is what a follower reads when nothing could be stored.
const busy = "系统繁忙，请稍后重发"
