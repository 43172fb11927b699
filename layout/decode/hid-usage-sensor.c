/* SPDX-License-Identifier: MIT */
/* The usages of sensors: what they are, their states and their commonest data.
 * HID Usage Tables 1.4; see hid-usage.h. */
#include "layout/decode/hid-usage.h"

/* clang-format off */
static const struct hid_run sensor[] = {
	{0x01, "Sensor"},
	{0x10,
		"Biometric;Biometric: Human Presence;Biometric: Human Proximity;"
		"Biometric: Human Touch;Biometric: Blood Pressure;Biometric: Body Temperature;"
		"Biometric: Heart Rate;Biometric: Heart Rate Variability;"
		"Biometric: Peripheral Oxygen Saturation;Biometric: Respiratory Rate"},
	{0x20,
		"Electrical;Electrical: Capacitance;Electrical: Current;Electrical: Power;"
		"Electrical: Inductance;Electrical: Resistance;Electrical: Voltage;"
		"Electrical: Potentiometer;Electrical: Frequency;Electrical: Period"},
	{0x30,
		"Environmental;Environmental: Atmospheric Pressure;Environmental: Humidity;"
		"Environmental: Temperature;Environmental: Wind Direction;"
		"Environmental: Wind Speed;Environmental: Air Quality;"
		"Environmental: Heat Index;Environmental: Surface Temperature;"
		"Environmental: Volatile Organic Compounds;Environmental: Object Presence;"
		"Environmental: Object Proximity"},
	{0x40,
		"Light;Light: Ambient Light;Light: Consumer Infrared;Light: Infrared Light;"
		"Light: Visible Light;Light: Ultraviolet Light"},
	{0x50,
		"Location;Location: Broadcast;Location: Dead Reckoning;"
		"Location: GPS (Global Positioning System);Location: Lookup;Location: Other;"
		"Location: Static;Location: Triangulation"},
	{0x60,
		"Mechanical;Mechanical: Boolean Switch;Mechanical: Boolean Switch Array;"
		"Mechanical: Multivalue Switch;Mechanical: Force;Mechanical: Pressure;"
		"Mechanical: Strain;Mechanical: Weight;Mechanical: Haptic Vibrator;"
		"Mechanical: Hall Effect Switch"},
	{0x70,
		"Motion;Motion: Accelerometer 1D;Motion: Accelerometer 2D;"
		"Motion: Accelerometer 3D;Motion: Gyrometer 1D;Motion: Gyrometer 2D;"
		"Motion: Gyrometer 3D;Motion: Motion Detector;Motion: Speedometer;"
		"Motion: Accelerometer;Motion: Gyrometer;Motion: Gravity Vector;"
		"Motion: Linear Accelerometer;;;;Orientation;Orientation: Compass 1D;"
		"Orientation: Compass 2D;Orientation: Compass 3D;Orientation: Inclinometer 1D;"
		"Orientation: Inclinometer 2D;Orientation: Inclinometer 3D;"
		"Orientation: Distance 1D;Orientation: Distance 2D;Orientation: Distance 3D;"
		"Orientation: Device Orientation;Orientation: Compass;"
		"Orientation: Inclinometer;Orientation: Distance;"
		"Orientation: Relative Orientation;Orientation: Simple Orientation;Scanner;"
		"Scanner: Barcode;Scanner: RFID;Scanner: NFC"},
	{0xa0, "Time;Time: Alarm Timer;Time: Real Time Clock"},
	{0xb0,
		"Personal Activity;Personal Activity: Activity Detection;"
		"Personal Activity: Device Position;Personal Activity: Floor Tracker;"
		"Personal Activity: Pedometer;Personal Activity: Step Detection"},
	{0xc0,
		"Orientation Extended;Orientation Extended: Geomagnetic Orientation;"
		"Orientation Extended: Magnetometer"},
	{0xd0, "Gesture;Gesture: Chassis Flip Gesture;Gesture: Hinge Fold Gesture"},
	{0xe0,
		"Other;Other: Custom;Other: Generic;Other: Generic Enumerator;"
		"Other: Hinge Angle"},
	{0xf0,
		"Vendor Reserved 1;Vendor Reserved 2;Vendor Reserved 3;Vendor Reserved 4;"
		"Vendor Reserved 5;Vendor Reserved 6;Vendor Reserved 7;Vendor Reserved 8;"
		"Vendor Reserved 9;Vendor Reserved 10;Vendor Reserved 11;Vendor Reserved 12;"
		"Vendor Reserved 13;Vendor Reserved 14;Vendor Reserved 15;Vendor Reserved 16"},
	{0x200, "Event;Event: Sensor State;Event: Sensor Event"},
	{0x300,
		"Property;Property: Friendly Name;Property: Persistent Unique ID;"
		"Property: Sensor Status;Property: Minimum Report Interval;"
		"Property: Sensor Manufacturer;Property: Sensor Model;"
		"Property: Sensor Serial Number;Property: Sensor Description;"
		"Property: Sensor Connection Type;Property: Sensor Device Path;"
		"Property: Hardware Revision;Property: Firmware Version;Property: Release Date;"
		"Property: Report Interval;Property: Change Sensitivity Absolute;"
		"Property: Change Sensitivity Percent of Range;"
		"Property: Change Sensitivity Percent Relative;Property: Accuracy;"
		"Property: Resolution;Property: Maximum;Property: Minimum;"
		"Property: Reporting State;Property: Sampling Rate;Property: Response Curve;"
		"Property: Power State;Property: Maximum FIFO Events;Property: Report Latency;"
		"Property: Flush FIFO Events;Property: Maximum Power Consumption;"
		"Property: Is Primary;Property: Human Presence Detection Type"},
	{0x440, "Property: Environmental;Property: Reference Pressure"},
	{0x450,
		"Data Field: Motion;Data Field: Motion State;Data Field: Acceleration;"
		"Data Field: Acceleration Axis X;Data Field: Acceleration Axis Y;"
		"Data Field: Acceleration Axis Z;Data Field: Angular Velocity;"
		"Data Field: Angular Velocity about X Axis;"
		"Data Field: Angular Velocity about Y Axis;"
		"Data Field: Angular Velocity about Z Axis;Data Field: Angular Position;"
		"Data Field: Angular Position about X Axis;"
		"Data Field: Angular Position about Y Axis;"
		"Data Field: Angular Position about Z Axis;Data Field: Motion Speed;"
		"Data Field: Motion Intensity"},
	{0x470,
		"Data Field: Orientation;Data Field: Heading;Data Field: Heading X Axis;"
		"Data Field: Heading Y Axis;Data Field: Heading Z Axis;"
		"Data Field: Heading Compensated Magnetic North;"
		"Data Field: Heading Compensated True North;Data Field: Heading Magnetic North;"
		"Data Field: Heading True North;Data Field: Distance;"
		"Data Field: Distance X Axis;Data Field: Distance Y Axis;"
		"Data Field: Distance Z Axis;Data Field: Distance Out-of-Range;"
		"Data Field: Tilt;Data Field: Tilt X Axis;Data Field: Tilt Y Axis;"
		"Data Field: Tilt Z Axis;Data Field: Rotation Matrix;Data Field: Quaternion;"
		"Data Field: Magnetic Flux;Data Field: Magnetic Flux X Axis;"
		"Data Field: Magnetic Flux Y Axis;Data Field: Magnetic Flux Z Axis;"
		"Data Field: Magnetometer Accuracy;Data Field: Simple Orientation Direction"},
	{0x490,
		"Data Field: Mechanical;Data Field: Boolean Switch State;"
		"Data Field: Boolean Switch Array States;Data Field: Multivalue Switch Value;"
		"Data Field: Force;Data Field: Absolute Pressure;Data Field: Gauge Pressure;"
		"Data Field: Strain;Data Field: Weight"},
	{0x4a0,
		"Property: Mechanical;Property: Vibration State;"
		"Property: Forward Vibration Speed;Property: Backward Vibration Speed"},
	{0x4b0,
		"Data Field: Biometric;Data Field: Human Presence;"
		"Data Field: Human Proximity Range;Data Field: Human Proximity Out of Range;"
		"Data Field: Human Touch State;Data Field: Blood Pressure;"
		"Data Field: Blood Pressure Diastolic;Data Field: Blood Pressure Systolic;"
		"Data Field: Heart Rate;Data Field: Resting Heart Rate;"
		"Data Field: Heartbeat Interval;Data Field: Respiratory Rate;Data Field: SpO2;"
		"Data Field: Human Attention Detected;Data Field: Human Head Azimuth;"
		"Data Field: Human Head Altitude;Data Field: Human Head Roll;"
		"Data Field: Human Head Pitch;Data Field: Human Head Yaw;"
		"Data Field: Human Correlation Id"},
	{0x4d0,
		"Data Field: Light;Data Field: Illuminance;Data Field: Color Temperature;"
		"Data Field: Chromaticity;Data Field: Chromaticity X;"
		"Data Field: Chromaticity Y;Data Field: Consumer IR Sentence Receive;"
		"Data Field: Infrared Light;Data Field: Red Light;Data Field: Green Light;"
		"Data Field: Blue Light;Data Field: Ultraviolet A Light;"
		"Data Field: Ultraviolet B Light;Data Field: Ultraviolet Index;"
		"Data Field: Near Infrared Light;Property: Light"},
	{0, NULL},
};

const struct hid_page hid_pages_sensor[] = {
	{0x0020, "Sensors", sensor},
	{0, NULL, NULL},
};
